package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/testkit"
	"usher/internal/testkit/node"
)

const (
	gatewayFans = 64 // connections of the proxy, each of which asks for one fan
	checksEach  = 50
)

// BenchmarkGatewayCheck measures the checks of a proxy: a whole node on a real Redis, and
// 64 connections that ask one check after the other. In alternation it measures a handler
// that does nothing on the same number of connections. ratio is the checks' speed divided
// by the handler's. The clients run in the node's process, on the same cores.
func BenchmarkGatewayCheck(b *testing.B) {
	n := node.Start(b, node.Options{
		RedisURL: testkit.RealRedis(b),
		Demo:     func(h *dev.Demo) { h.ActiveLimit, h.Lease, h.Session = gatewayFans, time.Hour, time.Hour },
		Change:   func(o *app.Options) { o.LimitRequests = 0 },
	})
	tokens := make([]string, gatewayFans)
	for i := range tokens {
		tokens[i] = n.SignIn(b, fmt.Sprintf("Fan %d", i)).Token
	}
	nothing := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer nothing.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: gatewayFans}}
	ask := func(address string) time.Duration {
		began := time.Now()
		var asking sync.WaitGroup
		for _, token := range tokens {
			asking.Go(func() {
				for range checksEach {
					request, err := http.NewRequest("GET", address, nil)
					if err != nil {
						b.Error(err)
						return
					}
					request.Header.Set("Authorization", "Bearer "+token)
					answer, err := client.Do(request)
					if err != nil || answer.StatusCode != http.StatusOK {
						b.Errorf("a check: %v, %v", answer, err)
						return
					}
					_, _ = io.Copy(io.Discard, answer.Body)
					_ = answer.Body.Close()
				}
			})
		}
		asking.Wait()
		return time.Since(began)
	}
	check := n.URL + "/gateway/check?season=" + n.Season
	ask(check)
	ask(nothing.URL)
	var byCheck, byNothing time.Duration
	rounds := 0
	for b.Loop() {
		byCheck += ask(check)
		b.StopTimer()
		byNothing += ask(nothing.URL)
		rounds++
		b.StartTimer()
	}
	all := float64(rounds * gatewayFans * checksEach)
	b.ReportMetric(all/byCheck.Seconds(), "checks/s")
	b.ReportMetric(all/byNothing.Seconds(), "nothings/s")
	b.ReportMetric(byNothing.Seconds()/byCheck.Seconds(), "ratio")
}
