package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"usher/booking"
	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

// bought signs a fan in and buys seats for them.
func (s *site) bought(t *testing.T, email string, seats ...string) (*caller, wire.Transaction) {
	t.Helper()
	fan := s.signIn(t, email)
	fan.hold(t, seats...)
	var bought wire.Transaction
	order := `{"seats":["` + strings.Join(seats, `","`) + `"],` + payOK + `}`
	testkit.Eventually(t, soon, "the seats are bought", func() bool { // a busy machine answers 202 first
		fan.buy(t, "k", order).into(t, &bought)
		return bought.Status == "completed"
	})
	return fan, bought
}

// TestTicketsOnPaper: the owner alone gets one ticket or a whole purchase, as a PDF
// and as a page to print.
func TestTicketsOnPaper(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala & <Friends>","activeLimit":5}`, nil)
	ann, bought := s.bought(t, "ann@example.com", "A-1", "A-2")
	ben := s.signIn(t, "ben@example.com")
	one, all := "/tickets/"+bought.Tickets[0].ID, "/transactions/"+bought.ID
	for path, pages := range map[string]int{one + "/ticket.pdf": 1, all + "/tickets.pdf": 2} {
		pdf := ann.get(t, path).wants(t, http.StatusOK)
		if got := bytes.Count(pdf.body, []byte("/Type /Page\n")); got != pages {
			t.Errorf("%s has %d pages, want %d", path, got, pages)
		}
		h := pdf.header
		if h.Get("Content-Type") != "application/pdf" || h.Get("Cache-Control") != "private, no-cache" || !strings.HasSuffix(h.Get("Content-Disposition"), `.pdf"`) {
			t.Errorf("%s: %v", path, h)
		}
		ben.get(t, path).wantsProblem(t, http.StatusNotFound, fault.NotFound)
		s.anonymous().get(t, path).wantsProblem(t, http.StatusUnauthorized, fault.Unauthenticated)
	}
	for path, sheets := range map[string]int{one + "/print": 1, all + "/print": 2} {
		page := ann.get(t, path).wants(t, http.StatusOK)
		text := string(page.body)
		if got := strings.Count(text, "<svg"); got != sheets || strings.Count(text, "<article") != sheets {
			t.Errorf("%s has %d codes, want %d", path, got, sheets)
		}
		for _, want := range []string{"Gala &amp; &lt;Friends&gt;", ">A-1<", ">Stalls<", ">VIP<", "Order " + bought.ID, `aria-label="QR code for seat A-1"`} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not contain %s", path, want)
			}
		}
		if page.header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%s may be cached: %v", path, page.header)
		}
		// The policy names the hashes of the page's script and style.
		policy := page.header.Get("Content-Security-Policy")
		for _, tag := range []string{"style", "script"} {
			found := regexp.MustCompile(`(?s)<` + tag + `>(.*?)</` + tag + `>`).FindStringSubmatch(text)
			sum := sha256.Sum256([]byte(found[1]))
			if !strings.Contains(policy, tag+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
				t.Errorf("%s: the policy %q does not name its %s", path, policy, tag)
			}
		}
		ben.get(t, path).wantsProblem(t, http.StatusNotFound, fault.NotFound)
	}
}

// TestPaperSpeaksTheOwnersLanguage: the page to print does in every language. The PDF
// does where its font has the letters, and else names the page to print.
func TestPaperSpeaksTheOwnersLanguage(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","activeLimit":5,"startsAt":"2027-05-07T18:00:00Z","timeZone":"Europe/Berlin"}`, nil)
	ann, bought := s.bought(t, "ann@example.com", "A-1")
	ticket := "/tickets/" + bought.Tickets[0].ID
	issued, err := time.Parse(time.RFC3339, bought.Tickets[0].IssuedAt.String())
	must(t, err)
	berlin, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	tags := map[string]bool{}
	for language, want := range map[string][]string{
		"en": {`<html lang="en" dir="ltr">`, "<dt>Seat</dt>", "Friday, 7 May 2027, 20:00 (Europe/Berlin)", "Issued " + issued.In(berlin).Format("Monday, 2 January 2006, 15:04") + " (Europe/Berlin)"},
		"de": {`<html lang="de" dir="ltr">`, "<dt>Sitzplatz</dt>", "Freitag, 7. Mai 2027, 20:00 (Europe/Berlin)", "Zurück zu meinen Tickets"},
		"ar": {`<html lang="ar" dir="rtl">`, "<dt>المقعد</dt>", "الجمعة، 7 مايو 2027، 20:00", "<bdi>A-1</bdi>"},
	} {
		ann.header.Set("Accept-Language", language)
		page := ann.get(t, ticket+"/print").wants(t, http.StatusOK)
		for _, one := range want {
			if !strings.Contains(string(page.body), one) {
				t.Errorf("the page in %s does not contain %s", language, one)
			}
		}
		if tags[page.header.Get("ETag")] || !strings.Contains(page.header.Get("Vary"), "Accept-Language") {
			t.Errorf("a cache would mix up the page in %s with another: %v", language, page.header)
		}
		tags[page.header.Get("ETag")] = true
		pdf := ann.get(t, ticket+"/ticket.pdf").wants(t, http.StatusOK)
		written := language
		if language == "ar" {
			written = "en"
		}
		if !bytes.Contains(pdf.body, []byte("/Lang ("+written+")")) {
			t.Errorf("the PDF for %s is not marked as %s", language, written)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "http://usher.test"+ticket+"/ticket.pdf?lang=ar", nil)
	if note := s.papersForPDF(r, []booking.Ticket{{ID: "t1", Season: s.season}})[0].Words.Note; !strings.Contains(note, "http://usher.test/tickets/t1/print") {
		t.Errorf("the PDF for a reader of Arabic does not name the page to print: %q", note)
	}
}
