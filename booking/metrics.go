package booking

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"usher/internal/fault"
)

// metrics count seats and check-ins; purchaseMetrics count purchases.
type metrics struct {
	holds    *prometheus.GaugeVec
	checkIns *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) metrics {
	auto := promauto.With(r)
	m := metrics{
		holds: auto.NewGaugeVec(prometheus.GaugeOpts{
			Name: "usher_holds_active", Help: "Held seats, including seats being bought.",
		}, []string{"season"}),
		checkIns: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_checkins_total", Help: "Scans at the gate by result.",
		}, []string{"result"}),
	}
	for _, result := range []CheckInResult{Admitted, AlreadyAdmitted, Invalid, Void} {
		m.checkIns.WithLabelValues(string(result))
	}
	return m
}

// forget removes the series of a season that was removed.
func (m metrics) forget(season string) { m.holds.DeleteLabelValues(season) }

func (m metrics) held(season string, seats int) { m.holds.WithLabelValues(season).Set(float64(seats)) }

// purchaseMetrics count the answers to buyers and the orders that recovery settled.
type purchaseMetrics struct {
	outcomes  *prometheus.CounterVec
	duration  prometheus.Histogram
	recovered *prometheus.CounterVec
	refunds   *prometheus.CounterVec
	budgets   *prometheus.CounterVec
	pages     *prometheus.CounterVec
	pending   prometheus.Gauge
	atPage    prometheus.Gauge
	oldest    prometheus.Gauge
}

func newPurchaseMetrics(r prometheus.Registerer) purchaseMetrics {
	auto := promauto.With(r)
	m := purchaseMetrics{
		outcomes: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_purchases_total", Help: "Answers to requests to buy: completed, pending, or the error's code.",
		}, []string{"outcome"}),
		duration: auto.NewHistogram(prometheus.HistogramOpts{
			Name: "usher_purchase_duration_seconds", Help: "How long a request to buy took.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		recovered: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_recovered_transactions_total", Help: "Purchases that recovery settled: completed or cancelled.",
		}, []string{"outcome"}),
		refunds: auto.NewCounterVec(prometheus.CounterOpts{
			Name: "usher_refunds_total", Help: "Refunds that this node finished: refunded or abandoned.",
		}, []string{"outcome"}),
	}
	m.pending = auto.NewGauge(prometheus.GaugeOpts{
		Name: "usher_purchases_pending", Help: "Purchases and refunds of all nodes that are not settled, as this node's recovery last saw them.",
	})
	m.atPage = auto.NewGauge(prometheus.GaugeOpts{
		Name: "usher_purchases_at_page", Help: "Purchases of all nodes whose buyers are at a payment page, as this node's recovery last saw them; not among usher_purchases_pending.",
	})
	m.oldest = auto.NewGauge(prometheus.GaugeOpts{
		Name: "usher_purchases_pending_oldest_seconds", Help: "How long this node's recovery has seen the oldest of them; 0 without any.",
	})
	m.pages = auto.NewCounterVec(prometheus.CounterOpts{
		Name: "usher_payment_pages_total", Help: "Payment pages that this node opened (opened), and how those ended whose purchases it settled first: paid, or why the purchase was cancelled.",
	}, []string{"outcome"})
	for _, outcome := range append([]string{pageOpened, pagePaid}, unpaidReasons...) {
		m.pages.WithLabelValues(outcome)
	}
	m.budgets = auto.NewCounterVec(prometheus.CounterOpts{
		Name: "usher_budgets_exceeded_total", Help: "Exceeded budgets of users: cart_declines, declines or refunds.",
	}, []string{"budget"})
	for _, budget := range []string{budgetCart, budgetDeclines, budgetRefunds} {
		m.budgets.WithLabelValues(budget)
	}
	for _, status := range []TransactionStatus{Completed, Pending, Cancelled} {
		m.outcomes.WithLabelValues(string(status))
		if status != Pending {
			m.recovered.WithLabelValues(string(status))
		}
	}
	for _, code := range []fault.Code{
		fault.InvalidRequest, fault.PaymentDeclined, fault.NotAdmitted, fault.NotFound, fault.SeatTaken, fault.Conflict, fault.SeasonClosed,
		fault.HoldExpired, fault.SeatLimit, fault.KeyReused, fault.UnknownSeat, fault.RateLimited, fault.Internal, fault.Unavailable, fault.Draining,
	} {
		m.outcomes.WithLabelValues(string(code))
	}
	for _, outcome := range []decisionOutcome{refunded, abandoned} {
		m.refunds.WithLabelValues(string(outcome))
	}
	return m
}

func (m *purchaseMetrics) answered(t Transaction, err error, took time.Duration) {
	outcome := string(t.Status)
	if err != nil {
		outcome = string(fault.CodeOf(err))
	}
	m.outcomes.WithLabelValues(outcome).Inc()
	m.duration.Observe(took.Seconds())
}
