package desk

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"

	"usher/booking"
	"usher/internal/fault"
	"usher/web/language"
)

// source is the page of a receipt: black on white, for paper of any width. Its style and
// script are allowed by their hashes, so that nothing else runs.
//
//go:embed receipt.html
var source string

func parseReceipt() (*template.Template, string) {
	hashOf := func(tag string) string {
		_, after, _ := strings.Cut(source, "<"+tag+">")
		inner, _, found := strings.Cut(after, "</"+tag+">")
		if !found {
			panic("desk: the page of a receipt has no " + tag)
		}
		sum := sha256.Sum256([]byte(inner))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return template.Must(template.New("receipt").Parse(source)), // the text is constant
		"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
			"style-src " + hashOf("style") + "; script-src " + hashOf("script")
}

// receiptLine is one seat on a receipt.
type receiptLine struct {
	Seat, Kind, Price string
	Returned          bool // refunded or moved
}

// GetReceipt answers with the receipt of a transaction, a page to print. Errors: not_found;
// conflict while it is pending, or when it was cancelled without a payment.
func (s *Site) GetReceipt(w http.ResponseWriter, r *http.Request) error {
	t, err := s.o.Booking.DeskTransaction(r.Context(), s.o.PathValue(r, "id"))
	if err != nil {
		return err
	}
	if len(t.Tickets) == 0 {
		return fault.New(fault.Conflict, "transaction %s is %s and has no tickets, so there is no receipt", t.ID, t.Status)
	}
	texts := s.o.Languages.Of(r).Texts()
	price := func(minor int64) string { return texts.Decimal(booking.Amount(minor, t.Currency)) }
	lines := make([]receiptLine, len(t.Places))
	for i, p := range t.Places {
		kind := string(p.Category)
		if p.Type != "" {
			kind += " · " + p.Type
		}
		switch {
		case p.Moved:
			kind += " · " + texts.Say("receipt.moved")
		case p.Returned:
			kind += " · " + texts.Say("receipt.refunded")
		}
		lines[i] = receiptLine{Seat: p.Number, Kind: kind, Price: price(p.Price), Returned: p.Returned}
	}
	event := s.o.Event(r.Context(), t.Season, t.CompletedAt, texts)
	how, facts := texts.Say("receipt.online"), [][2]string{}
	if t.Desk != nil {
		how = texts.Say("receipt." + string(t.Desk.Method))
		if t.Desk.Reference != "" {
			facts = append(facts, [2]string{texts.Say("receipt.reference"), t.Desk.Reference})
		}
		if t.Desk.ListTotal > 0 {
			facts = append(facts, [2]string{texts.Say("receipt.listTotal"), price(t.Desk.ListTotal)})
		}
		facts = append(facts, [2]string{texts.Say("receipt.by"), t.Desk.By})
	}
	if t.Holder != "" {
		facts = append(facts, [2]string{texts.Say("ticket.name"), t.Holder})
	}
	facts = append(facts,
		[2]string{texts.Say("receipt.at"), event.Sold},
		[2]string{texts.Say("receipt.number"), t.ID})
	shown := map[string]any{
		"T": texts, "Name": event.Name, "When": event.When, "Where": event.Where, "Lines": lines, "Total": price(t.Total), "How": how, "Facts": facts,
	}
	if t.Refunded > 0 {
		shown["Refunded"], shown["Left"] = price(t.Refunded), price(t.Total-t.Refunded)
	}
	var page bytes.Buffer
	if err := s.page.Execute(&page, shown); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", s.policy)
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", language.Vary)
	_, _ = w.Write(page.Bytes())
	return nil
}
