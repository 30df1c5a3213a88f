package app_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

// TestAFreshNodeShowsEveryMetric: each metric exists before its first event, with every
// label value that is known in advance, so that alerts see the first event.
func TestAFreshNodeShowsEveryMetric(t *testing.T) {
	t.Parallel()
	n := node.Start(t, node.Options{})
	scrape := func() string {
		answer, err := http.Get(n.OpsURL + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	season := `{season="` + n.Season + `"}`
	var want []string
	add := func(format string, values ...string) {
		for _, value := range values {
			want = append(want, strings.ReplaceAll(format, "%", value))
		}
	}
	add("%", "usher_ws_connections", "usher_ws_outbox_overflows_total", "usher_queue_waiting"+season, "usher_queue_active"+season, "usher_queue_limit"+season,
		"usher_admissions_total"+season, "usher_admission_wait_seconds_count", "usher_turns_missed_total", "usher_holds_active"+season,
		"usher_purchase_duration_seconds_count", "usher_mirror_tick_seconds_count", "usher_pubsub_lag_seconds_count", "usher_redis_up", "usher_mongo_up",
		"usher_http_request_duration_seconds_count{")
	add(`usher_ws_closes_total{reason="%"}`, "replaced", "logged_out", "expired", "too_slow", "flooding", "too_large", "restarting",
		"protocol_error", "text_only", "invalid_text", "internal", "left", "gone", "dead")
	add(`usher_ws_messages_total{direction="in",type="%"}`, "status", "join", "enter", "leave", "wish", "unwish", "seats", "hold", "release", "extend", "purchase", "ping", "help", "invalid")
	add(`usher_ws_messages_total{direction="out",type="%"}`, "welcome", "waiting", "status", "position", "turn", "lapsed", "cart", "seats", "changes", "transaction", "error", "pong", "help")
	add(`usher_purchases_total{outcome="%"}`, "completed", "pending", "payment_declined", "seat_taken", "hold_expired", "key_reused", "unavailable", "internal")
	add(`usher_recovered_transactions_total{outcome="%"}`, "completed", "cancelled")
	add(`usher_refunds_total{outcome="%"}`, "refunded", "abandoned")
	add(`usher_checkins_total{result="%"}`, "admitted", "already_admitted", "invalid", "void")
	add(`usher_resyncs_total{cause="%"}`, "lost", "resumed")
	var text string
	missing := func() (series []string) {
		text = scrape()
		for _, one := range want {
			if !strings.Contains(text, "\n"+one) {
				series = append(series, one)
			}
		}
		return series
	}
	if !testkit.Within(30*time.Second, func() bool { return len(missing()) == 0 }) { // the first ticks add the metrics of the season
		t.Errorf("missing:\n%s", strings.Join(missing(), "\n"))
	}
}
