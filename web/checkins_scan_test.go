package web

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"usher/internal/fault"
	"usher/internal/qrread"
	"usher/internal/ticket"
	"usher/internal/wire"
)

// TestAnImageIsReadAndChecksNothingIn: the server reads the code for a browser that
// cannot. Only a later check-in uses the ticket.
func TestAnImageIsReadAndChecksNothingIn(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":5}`, nil)
	ann, bought := s.bought(t, "ann@example.com", "A-1")
	staff := s.session(t, staffEmail)
	code := bought.Tickets[0].QRCode
	drawn, err := ticket.Draw(code)
	must(t, err)
	photo, err := drawn.PNG()
	must(t, err)
	read := func(body string) (answer wire.Scanned) {
		t.Helper()
		staff.send(t, "POST", "/checkins/scan", qrread.PNG, body).wants(t, http.StatusOK).into(t, &answer)
		return answer
	}
	if got := read(string(photo)); got.Code == nil || *got.Code != code {
		t.Errorf("the image of a ticket says %v", got.Code)
	}
	blank := blankPNG(t, 64, 48)
	if got := read(blank); got.Code != nil {
		t.Errorf("a blank image says %q", *got.Code)
	}
	staff.wantsScan(t, code, "North", "admitted")

	for name, c := range map[string]struct {
		media, body string
		status      int
		code        fault.Code
	}{
		"no image":   {qrread.PNG, "hello", http.StatusBadRequest, fault.InvalidRequest},
		"nothing":    {qrread.JPEG, "", http.StatusBadRequest, fault.InvalidRequest},
		"JSON":       {"application/json", "{}", http.StatusUnsupportedMediaType, fault.UnsupportedMedia},
		"a GIF":      {"image/gif", "GIF89a", http.StatusUnsupportedMediaType, fault.UnsupportedMedia},
		"no type":    {"", blank, http.StatusUnsupportedMediaType, fault.UnsupportedMedia},
		"very large": {qrread.PNG, strings.Repeat("x", qrread.MaxBytes+1), http.StatusRequestEntityTooLarge, fault.TooLarge},
		"too wide":   {qrread.PNG, blankPNG(t, 2001, 1000), http.StatusBadRequest, fault.InvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			staff.send(t, "POST", "/checkins/scan", c.media, c.body).wantsProblem(t, c.status, c.code)
		})
	}
	ann.send(t, "POST", "/checkins/scan", qrread.PNG, blank).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	s.anonymous().send(t, "POST", "/checkins/scan", qrread.PNG, blank).wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
}

// TestASessionHasOneImageInWork: a second one is refused, and another session's is read.
func TestASessionHasOneImageInWork(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":1}`, nil)
	one, other := s.session(t, staffEmail), s.session(t, staffEmail)
	blank := blankPNG(t, 16, 16)
	// The body of the first request ends only when the second was answered. The server
	// asks for the body when it has begun with the image.
	began := make(chan struct{})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(began) }})
	client := http.Client{Transport: &http.Transport{ExpectContinueTimeout: 2 * soon}}
	t.Cleanup(client.CloseIdleConnections)
	reading, writing := io.Pipe()
	request, err := http.NewRequestWithContext(ctx, "POST", s.url+"/checkins/scan", reading)
	must(t, err)
	request.Header.Set("Expect", "100-continue")
	request.Header.Set("Content-Type", qrread.PNG)
	request.Header.Set("Authorization", "Bearer "+one.token)
	answered := make(chan int, 1)
	go func() {
		answer, err := client.Do(request)
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		_ = answer.Body.Close()
		answered <- answer.StatusCode
	}()
	select {
	case <-began:
	case got := <-answered:
		t.Fatalf("the first image is answered %d without its body", got)
	case <-time.After(soon):
		t.Fatal("the server does not ask for the first image")
	}
	one.send(t, "POST", "/checkins/scan", qrread.PNG, blank).wantsProblem(t, http.StatusTooManyRequests, fault.RateLimited)
	other.send(t, "POST", "/checkins/scan", qrread.PNG, blank).wants(t, http.StatusOK)
	_, err = writing.Write([]byte(blank))
	must(t, err)
	must(t, writing.Close())
	if got := <-answered; got != http.StatusOK {
		t.Errorf("the first image is answered %d", got)
	}
	one.send(t, "POST", "/checkins/scan", qrread.PNG, blank).wants(t, http.StatusOK)
}

// TestAShortCodeChecksIn: staff type the signs under a QR code that cannot be read.
func TestAShortCodeChecksIn(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":5}`, nil)
	_, bought := s.bought(t, "ann@example.com", "A-1", "A-2")
	staff := s.session(t, staffEmail)
	short := ticket.ShortCode(bought.Tickets[0].ID)
	wrong := short[:len(short)-1] + map[bool]string{true: "1", false: "0"}[strings.HasSuffix(short, "0")]
	body, err := json.Marshal(map[string]string{"code": wrong, "gate": "North"})
	must(t, err)
	problem := staff.post(t, "/checkins", string(body)).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
	if !strings.HasPrefix(problem.Detail, "Not checked: the short code has a typing error") {
		t.Errorf("the detail is %q", problem.Detail)
	}
	var found wire.LookedUp
	staff.post(t, "/checkins/lookup", `{"ticket":"`+short+`"}`).wants(t, http.StatusOK).into(t, &found)
	if found.Tickets[0].ID != bought.Tickets[0].ID || found.Tickets[0].Status != "valid" {
		t.Errorf("the look-up finds %+v", found)
	}
	got := staff.wantsScan(t, strings.ToLower(strings.ReplaceAll(short, "-", " ")), "North", "admitted")
	if !got.ByHand || got.Ticket.SeatNumber != "A-1" || got.Ticket.QRCode != "" {
		t.Errorf("the check-in says %+v", got)
	}
	staff.wantsScan(t, bought.Tickets[0].QRCode, "South", "already_admitted")
	staff.wantsScan(t, ticket.ShortCode(strings.Repeat("0", 24)), "North", "invalid")
	if got := staff.wantsScan(t, bought.Tickets[1].QRCode, "North", "admitted"); got.ByHand {
		t.Errorf("a scan is marked as by hand: %+v", got)
	}
}

// TestALateScanIsSettled: a gate that admitted a guest without a network sends time and
// id of the scan.
func TestALateScanIsSettled(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":5}`, nil)
	_, bought := s.bought(t, "ann@example.com", "A-1", "A-2")
	staff := s.session(t, staffEmail)
	code := bought.Tickets[0].QRCode
	settle := func(scan, gate string, at time.Time) (answer wire.CheckIn) {
		t.Helper()
		body, err := json.Marshal(map[string]any{"code": code, "gate": gate, "scan": scan, "at": at.UTC().Format("2006-01-02T15:04:05.000Z")})
		must(t, err)
		staff.post(t, "/checkins?season="+s.season, string(body)).wants(t, http.StatusOK).into(t, &answer)
		return answer
	}
	scanned := time.Now()
	first := settle("first-scan-0123456789", "B", scanned)
	if at := time.Time(*first.AdmittedAt); first.Result != "admitted" || at.After(time.Now()) || at.Sub(scanned) > time.Millisecond {
		t.Errorf("the settled scan: %+v", first)
	}
	if again := settle("first-scan-0123456789", "B", scanned); again.Result != "already_admitted" || !again.SameScan {
		t.Errorf("its repeat: %+v", again)
	}
	if other := settle("other-scan-0123456789", "C", scanned); other.Result != "already_admitted" || other.SameScan || *other.Gate != "B" {
		t.Errorf("another gate's scan: %+v", other)
	}
	code = bought.Tickets[1].QRCode
	if future := settle("third-scan-0123456789", "B", scanned.AddDate(3, 0, 0)); time.Time(*future.AdmittedAt).After(time.Now()) {
		t.Errorf("a scan of the future: %+v", future)
	}
	for name, more := range map[string]string{
		"a time without a scan": `"at":"2027-03-01T10:00:00.000Z"`, "no time": `"scan":"first-scan-0123456789","at":"yesterday"`,
		"a short id": `"scan":"x"`, "an id with a space": `"scan":"first scan 0123456789"`, "a long id": `"scan":"` + strings.Repeat("x", 65) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			staff.post(t, "/checkins", `{"code":"x","gate":"B",`+more+`}`).wantsProblem(t, http.StatusBadRequest, fault.InvalidRequest)
		})
	}
}

// blankPNG is a black image.
func blankPNG(t testing.TB, width, height int) string {
	t.Helper()
	var out bytes.Buffer
	must(t, png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height))))
	return out.String()
}
