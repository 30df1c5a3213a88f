package feed

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/internal/testkit"
)

func TestEachSecretSigns(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	b := c.node("a", testTiming)
	other, err := ParseSecret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
	if err != nil {
		t.Fatal(err)
	}
	b.secrets = append(b.secrets, other)
	seconds := fmt.Sprint(time.Now().Unix())
	h := http.Header{}
	h.Set("webhook-id", "msg")
	h.Set("webhook-timestamp", seconds)
	h.Set("webhook-signature", b.sign("msg", seconds, "body"))
	for _, secret := range []string{testSecret, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"} {
		if err := verifyWebhook(secret, h, []byte("body")); err != nil {
			t.Error(err)
		}
	}
	if verifyWebhook(testSecret, h, []byte("other")) == nil {
		t.Error("a forged body passed")
	}
	// The example in the documentation of Standard Webhooks.
	known, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	f := &Feed{secrets: [][]byte{known}}
	if got := f.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signed %s", got)
	}
}

func TestFeedOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for url, good := range map[string]bool{
		"https://shop.example/hooks?x=1": true, "http://127.0.0.1:8080": true,
		"shop.example": false, "ftp://shop.example": false, "https://": false, "https://a:b@shop.example/": false, "https://shop.example/#x": false, "": false,
	} {
		if err := CheckURL(url); (err == nil) != good {
			t.Errorf("%q: %v", url, err)
		}
	}
	for secret, good := range map[string]bool{
		testSecret: true, "": false, "whsec_": false, strings.TrimPrefix(testSecret, "whsec_"): false, "whsec_short": false,
		"whsec_" + strings.Repeat("A", 88): false, "whsec_" + strings.Repeat("A", 84): true,
	} {
		if _, err := ParseSecret(secret); (err == nil) != good {
			t.Errorf("%q: %v", secret, err)
		}
	}
	stores := testkit.Open(t, "")
	_, err := New(Options{Mongo: stores.Mongo, Webhooks: Webhooks{URLs: []string{"https://shop.example"}}})
	if err == nil || !strings.Contains(err.Error(), "secret") {
		t.Errorf("an endpoint without a secret: %v", err)
	}
}

func TestParsingRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 1, 19, 30, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, " 7 ": 7 * time.Second, "-5": 0, "soon": 0, "1.5": 0,
		"3600": time.Hour, "86400": time.Hour, "9223372036854775807": time.Hour, "99999999999999999999": 0,
		"Mon, 01 Mar 2027 19:30:40 GMT": 40 * time.Second, "Monday, 01-Mar-27 19:31:00 GMT": time.Minute,
		"Mon, 01 Mar 2027 19:00:00 GMT": 0, "Tue, 02 Mar 2027 19:30:00 GMT": time.Hour,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("Retry-After %q is parsed as %v, want %v", text, got, want)
		}
	}
}
