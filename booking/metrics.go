package booking

import "github.com/prometheus/client_golang/prometheus"

// metrics are those of the seats; the purchase has its own.
type metrics struct {
	holds *prometheus.GaugeVec
}

func newMetrics(r prometheus.Registerer) (metrics, error) {
	m := metrics{holds: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "usher_holds_active", Help: "Seats that somebody holds, those being bought included.",
	}, []string{"season"})}
	if r == nil {
		return m, nil
	}
	return m, r.Register(m.holds)
}

func (m metrics) held(season string, seats int) { m.holds.WithLabelValues(season).Set(float64(seats)) }
