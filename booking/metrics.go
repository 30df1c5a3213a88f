package booking

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are those of the seats and the gate; the purchase has its own.
type metrics struct {
	holds    *prometheus.GaugeVec
	checkIns *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) metrics {
	auto := promauto.With(r)
	m := metrics{
		holds: auto.NewGaugeVec(prometheus.GaugeOpts{
			Name: "usher_holds_active", Help: "Seats that somebody holds, those being bought included.",
		}, []string{"season"}),
		checkIns: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_checkins_total", Help: "Scans at the gate by what they came to.",
		}, []string{"result"}),
	}
	for _, result := range []CheckInResult{Admitted, AlreadyAdmitted, Invalid, Void} {
		m.checkIns.WithLabelValues(string(result))
	}
	return m
}

func (m metrics) held(season string, seats int) { m.holds.WithLabelValues(season).Set(float64(seats)) }
