package web

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"usher/booking"
	"usher/internal/auth"
	"usher/internal/fault"
)

// TestAdminsDownloadTheSalesReports: admins download the reports as CSV and as
// workbooks.
func TestAdminsDownloadTheSalesReports(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala","currency":"EUR","activeLimit":9}`, nil)
	admin, ann := s.signIn(t, adminEmail), s.signIn(t, "ann@example.com")
	ann.hold(t, "A-1", "B-2")
	ann.buy(t, "k", `{"seats":["A-1","B-2"],`+payOK+`}`).wants(t, http.StatusCreated)
	sheet := func(name string) [][]string {
		t.Helper()
		answer := admin.get(t, "/admin/seasons/"+s.season+"/"+name+".csv").wants(t, http.StatusOK)
		if got := answer.header.Get("Content-Type"); got != "text/csv; charset=utf-8; header=present" {
			t.Errorf("%s came as %q", name, got)
		}
		if got := answer.header.Get("Content-Disposition"); got != `attachment; filename="`+name+"-"+s.season+`.csv"` {
			t.Errorf("%s came with %q", name, got)
		}
		text, marked := strings.CutPrefix(string(answer.body), "\ufeff")
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil || !marked || !strings.HasSuffix(text, "\r\n") {
			t.Fatalf("%s: %v in %q", name, err, answer.body)
		}
		return rows
	}
	sold := sheet("sold")
	if len(sold) != 3 || sold[1][0] != "A-1" || sold[1][1] != "Stalls" || sold[1][2] != "A" || sold[2][0] != "B-2" || sold[2][4] != "2500" {
		t.Errorf("sold: %v", sold)
	}
	takings := sheet("takings")
	if len(takings) != 3 || takings[1][0] != "VIP" || takings[1][5] != "4500" || takings[2][0] != "Regular" || takings[2][9] != "25.00" {
		t.Errorf("takings: %v", takings)
	}
	for _, name := range []string{"sold", "takings"} {
		book := admin.get(t, "/admin/seasons/"+s.season+"/"+name+".xlsx").wants(t, http.StatusOK)
		if got := book.header.Get("Content-Disposition"); got != `attachment; filename="`+name+"-"+s.season+`.xlsx"` || !strings.Contains(book.header.Get("Content-Type"), "spreadsheetml") {
			t.Errorf("%s came with %q as %q", name, got, book.header.Get("Content-Type"))
		}
		if _, err := zip.NewReader(bytes.NewReader(book.body), int64(len(book.body))); err != nil {
			t.Errorf("%s is not a valid workbook: %v", name, err)
		}
		ann.get(t, "/admin/seasons/"+s.season+"/"+name+".xlsx").wantsProblem(t, http.StatusForbidden, fault.Forbidden)
		admin.get(t, "/admin/seasons/nowhere/"+name+".csv").wantsProblem(t, http.StatusNotFound, fault.NotFound)
		ann.get(t, "/admin/seasons/"+s.season+"/"+name+".csv").wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	}
}

// TestAnAdminsExportsAreMadeOneAtATime: each export reads a whole season. The
// exports of one admin must not slow the node down.
func TestAnAdminsExportsAreMadeOneAtATime(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala"}`, nil)
	s.exports.most = 1
	admin := s.signIn(t, adminEmail)
	for _, name := range []string{"sold", "takings"} {
		path := "/admin/seasons/" + s.season + "/" + name + ".csv"
		release, err := s.exports.acquire(t.Context(), admin.user.ID)
		must(t, err)
		answer := admin.get(t, path)
		answer.wantsProblem(t, http.StatusTooManyRequests, fault.RateLimited)
		if answer.header.Get("Retry-After") == "" {
			t.Error("the answer has no Retry-After")
		}
		release()
		admin.get(t, path).wants(t, http.StatusOK)
	}
}

// TestAnExportThatFailsBreaksTheConnection: otherwise the client takes half an
// export for a whole one.
func TestAnExportThatFailsBreaksTheConnection(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala"}`, nil)
	handler := s.routerOf(http.NotFoundHandler(), []route{{"GET", "/admin/seasons/{id}", both, func(w http.ResponseWriter, r *http.Request) error {
		return s.answerSheet(w, r, auth.Session{}, "sold", booking.CSV, func(_ context.Context, _ string, _ booking.SheetFormat, w io.Writer, begin func()) error {
			begin()
			_, _ = io.WriteString(w, "a,b\r\n1,")
			return errors.New("the store has gone")
		})
	}}})
	server := httptest.NewServer(handler)
	defer server.Close()
	answer, err := http.Get(server.URL + "/admin/seasons/" + s.season)
	if err == nil {
		defer func() { _ = answer.Body.Close() }()
		_, err = io.ReadAll(answer.Body)
	}
	if err == nil {
		t.Error("the client received half an export without an error")
	}
	http.DefaultClient.CloseIdleConnections()
}
