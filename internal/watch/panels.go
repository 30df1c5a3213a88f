package watch

// Conditions of the dashboard's variables.
const (
	ofSeason = `season=~"$season"`
	ofNode   = `instance=~"$node"`
)

// one makes the query of a panel that has a single one.
func one(expr, legend string) []PanelQuery { return []PanelQuery{{expr, legend}} }

// Rows are the groups of the dashboard, in the order in which an operator asks: do fans
// move, do they buy, do they stay connected, and what stands behind it.
func Rows() []Row {
	return []Row{
		{"The line", []Panel{
			{"Waiting", "Users in line, by season.", "timeseries", "short", 8, one(`max by (season) (usher_queue_waiting{`+ofSeason+`})`, "{{season}}")},
			{"Places", "Users with a place (in turn or active) and the limit. A gap while fans wait means that admission stands still.", "timeseries", "short", 8, []PanelQuery{
				{`max by (season) (usher_queue_active{` + ofSeason + `})`, "{{season}}"},
				{`max by (season) (usher_queue_limit{` + ofSeason + `})`, "{{season}} limit"},
			}},
			{"Admissions a second", "Users admitted, over all nodes.", "timeseries", "ops", 8, one(`sum by (season) (rate(usher_admissions_total{`+ofSeason+`}[$__rate_interval]))`, "{{season}}")},
			{"Open", "1 while a season admits users: its sale has opened and is not paused.", "stat", "short", 4, one(`max by (season) (usher_queue_open{`+ofSeason+`})`, "{{season}}")},
			{"Time in line", "From joining to admission.", "timeseries", "s", 8, quantiles("usher_admission_wait_seconds", ofNode)},
			{"Turns missed", "Share of the admitted whose turn passed without enter.", "timeseries", "percentunit", 6, one(`sum(rate(usher_turns_missed_total{`+ofNode+`}[$__rate_interval])) / sum(rate(usher_admissions_total{`+ofNode+`}[$__rate_interval]))`, "missed")},
			{"Forecasts kept", "Share of the admitted who came in within the wait that their page had shown first.", "timeseries", "percentunit", 6, one(`sum(rate(usher_queue_eta_promises_total{kept="true"}[$__rate_interval])) / sum(rate(usher_queue_eta_promises_total[$__rate_interval]))`, "kept")},
		}},
		{"The sale", []Panel{
			{"Purchases a second", "Answers to requests to buy, by outcome.", "timeseries", "ops", 8, one(`sum by (outcome) (rate(usher_purchases_total{`+ofNode+`}[$__rate_interval]))`, "{{outcome}}")},
			{"Purchase time", "How long a request to buy took, with the payment provider's part.", "timeseries", "s", 8, quantiles("usher_purchase_duration_seconds", ofNode)},
			{"Held seats", "Held seats, with those being bought.", "timeseries", "short", 8, one(`max by (season) (usher_holds_active{`+ofSeason+`})`, "{{season}}")},
			{"Not settled", "Purchases and refunds without an outcome, and the age of the oldest.", "timeseries", "short", 8, []PanelQuery{
				{`max(usher_purchases_pending)`, "pending"}, {`max(usher_purchases_pending_oldest_seconds)`, "oldest, seconds"},
			}},
			{"Recovered and refunded", "Purchases that recovery settled, and finished refunds, in 5 minutes.", "timeseries", "short", 8, []PanelQuery{
				{`sum by (outcome) (increase(usher_recovered_transactions_total[5m]))`, "recovered: {{outcome}}"},
				{`sum by (outcome) (increase(usher_refunds_total[5m]))`, "refund: {{outcome}}"},
			}},
			{"Payment pages", "Pages of the payment provider, opened and ended, in 5 minutes, and purchases whose buyers are at one.", "timeseries", "short", 8, []PanelQuery{
				{`sum by (outcome) (increase(usher_payment_pages_total[5m]))`, "{{outcome}}"}, {`max(usher_purchases_at_page)`, "buyers at a page"},
			}},
			{"Budgets exceeded", "Requests refused because a user's budget was used up, in 5 minutes.", "timeseries", "short", 8, one(`sum by (budget) (increase(usher_budgets_exceeded_total[5m]))`, "{{budget}}")},
			{"Codes of a presale", "Users who joined a phase that needs a code, by outcome, in 5 minutes; unknown: guesses or typing errors.", "timeseries", "short", 8, one(`sum by (outcome) (increase(usher_presale_codes_total{`+ofNode+`}[5m]))`, "{{outcome}}")},
			{"At the gate", "Scans a second, by result.", "timeseries", "ops", 8, one(`sum by (result) (rate(usher_checkins_total[$__rate_interval]))`, "{{result}}")},
			{"The feed: behind", "Events that a receiver has yet to take, and the age of the oldest.", "timeseries", "short", 8, []PanelQuery{
				{`max by (endpoint) (usher_feed_waiting)`, "{{endpoint}} waiting"}, {`max by (endpoint) (usher_feed_lag_seconds)`, "{{endpoint}} age, seconds"},
			}},
			{"The feed: deliveries", "Attempts a second by outcome.", "timeseries", "ops", 4, one(`sum by (outcome) (rate(usher_feed_deliveries_total[$__rate_interval]))`, "{{outcome}}")},
			{"The feed: time", "How long an attempt took.", "timeseries", "s", 4, quantiles("usher_feed_delivery_seconds", ofNode)},
		}},
		{"Sockets", []Panel{
			{"Live sockets", "By node, those of them that are streams of events, and the limit of each.", "timeseries", "short", 8, []PanelQuery{
				{`usher_ws_connections{` + ofNode + `}`, "{{instance}}"}, {`usher_ws_streams{` + ofNode + `}`, "{{instance}} streams of events"}, {`usher_ws_connections_limit{` + ofNode + `}`, "{{instance}} limit"},
			}},
			{"Sockets that ended", "A second, by reason. restarting belongs to a node that drains; gone and dead are lost connections.", "timeseries", "ops", 8, one(`sum by (reason) (rate(usher_ws_closes_total{`+ofNode+`}[$__rate_interval])) > 0`, "{{reason}}")},
			{"Plain connections", "Connections that are no sockets; those turned away or ended for lack of room, in 5 minutes.", "timeseries", "short", 8, []PanelQuery{
				{`sum(usher_http_connections{` + ofNode + `})`, "open"},
				{`sum(increase(usher_http_connections_refused_total{` + ofNode + `}[5m]))`, "refused"},
				{`sum(increase(usher_http_connections_evicted_total{` + ofNode + `}[5m]))`, "evicted"},
			}},
			{"Messages from fans", "A second, by type.", "timeseries", "ops", 8, one(`sum by (type) (rate(usher_ws_messages_total{direction="in", `+ofNode+`}[$__rate_interval]))`, "{{type}}")},
			{"Messages to fans", "A second, by type, before updates are merged.", "timeseries", "ops", 8, one(`sum by (type) (rate(usher_ws_messages_total{direction="out", `+ofNode+`}[$__rate_interval]))`, "{{type}}")},
			{"Slow readers", "Sockets a second whose outbox passed its bound.", "timeseries", "ops", 8, one(`sum by (instance) (rate(usher_ws_outbox_overflows_total{`+ofNode+`}[$__rate_interval]))`, "{{instance}}")},
		}},
		{"Stores", []Panel{
			{"Redis and MongoDB", "1 while the store answers this node.", "timeseries", "short", 8, []PanelQuery{
				{`usher_redis_up{` + ofNode + `}`, "Redis {{instance}}"}, {`usher_mongo_up{` + ofNode + `}`, "MongoDB {{instance}}"},
			}},
			{"Messages of Redis", "From publishing a node's heartbeat to receiving it.", "timeseries", "s", 8, quantiles("usher_pubsub_lag_seconds", ofNode)},
			{"Tick", "One tick of a season's mirror, which comes every second and asks Redis several times.", "timeseries", "s", 8, quantiles("usher_mirror_tick_seconds", ofNode)},
			{"States read again", "In 5 minutes, by cause. lost means that a message was missed.", "timeseries", "short", 8, one(`sum by (cause) (increase(usher_resyncs_total{`+ofNode+`}[5m]))`, "{{cause}}")},
		}},
		{"Nodes", []Panel{
			{"Ready", "1 while a node serves fans.", "timeseries", "short", 6, one(`usher_ready{`+ofNode+`}`, "{{instance}}")},
			{"Warnings", "Warnings on the admin page of each node.", "timeseries", "short", 6, one(`usher_warnings{`+ofNode+`}`, "{{instance}}")},
			{"Requests a second", "By status.", "timeseries", "ops", 6, one(`sum by (status) (rate(usher_http_request_duration_seconds_count{`+ofNode+`}[$__rate_interval])) > 0`, "{{status}}")},
			{"Request time by route", "99th percentile of the ten slowest routes.", "timeseries", "s", 6, one(`topk(10, histogram_quantile(0.99, sum by (le, route) (rate(usher_http_request_duration_seconds_bucket{`+ofNode+`}[$__rate_interval]))))`, "{{route}}")},
			{"Processors", "Processors in use.", "timeseries", "short", 6, one(`rate(process_cpu_seconds_total{job="usher", `+ofNode+`}[$__rate_interval])`, "{{instance}}")},
			{"Memory", "Memory of the process.", "timeseries", "bytes", 6, one(`process_resident_memory_bytes{job="usher", `+ofNode+`}`, "{{instance}}")},
			{"Goroutines and files", "Both return to their level when the crowd has left.", "timeseries", "short", 6, []PanelQuery{
				{`go_goroutines{job="usher", ` + ofNode + `}`, "{{instance}} goroutines"},
				{`process_open_fds{job="usher", ` + ofNode + `}`, "{{instance}} files"},
				{`process_max_fds{job="usher", ` + ofNode + `}`, "{{instance}} most files"},
			}},
			{"Versions", "What each node was built from.", "table", "short", 6, one(`go_build_info{job="usher", `+ofNode+`}`, "")},
		}},
	}
}
