package check

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"usher/internal/wire"
)

// overdue is how late the next round of a beacon may be before it is a failure: a draw
// waits for the round.
const overdue = time.Minute

// beacon asks the public source of random values.
func beacon(ctx context.Context, v *view) []wire.CheckLine {
	const name = "beacon"
	if v.Beacon == nil {
		return []wire.CheckLine{good(name, "No beacon is used: a draw follows from the committed seed alone.")}
	}
	late, err := v.Beacon(ctx)
	switch u, wrong := url.Parse(v.BeaconURL); {
	case err != nil:
		return []wire.CheckLine{fail(name, "Look at --beacon-url, and at whether this machine reaches it.", "The beacon does not answer, and a draw waits for it. %s", sentence(err))}
	case late > overdue:
		return []wire.CheckLine{fail(name, "Give another --beacon-url.", "The beacon's next round is late by %s.", late.Round(time.Second))}
	case wrong == nil && u.Scheme != "https":
		return []wire.CheckLine{warn(name, "Give an https URL.", "The beacon is asked by plain http: its values, and so the draw, can be changed on the network.")}
	}
	return []wire.CheckLine{good(name, "The beacon answers, and its rounds are on time.")}
}

// feeds asks every endpoint of the feed of sales, without sending an event.
func feeds(ctx context.Context, v *view) []wire.CheckLine {
	const name = "feed"
	if len(v.FeedURLs) == 0 {
		return []wire.CheckLine{good(name, "No endpoint gets the feed of sales.")}
	}
	var lines []wire.CheckLine
	for _, address := range v.FeedURLs {
		lines = append(lines, v.feed(ctx, name, address))
	}
	if n, err := v.Waiting(ctx); err != nil {
		lines = append(lines, unseen(name, "whether events wait for an endpoint", err))
	} else if n > 0 {
		lines = append(lines, warn(name, "Look at them: usher feed list.", "%s for an endpoint.", counted(n, "event waits", "events wait")))
	}
	return lines
}

// mails connects to the mail server and signs in, without sending a mail.
func mails(ctx context.Context, v *view) []wire.CheckLine {
	const name = "mail"
	if v.Mail == nil {
		return []wire.CheckLine{good(name, "No mails are sent to fans: there is no --smtp-url.")}
	}
	if err := v.Mail(ctx); err != nil {
		return []wire.CheckLine{fail(name, "Look at --smtp-url, and ask who runs the mail server.", "The mail server takes no mails. %s", sentence(err))}
	}
	return []wire.CheckLine{good(name, "The mail server answers and would take a mail.")}
}

// feed asks one endpoint with the method HEAD. An endpoint may refuse that method, but
// its server answers.
func (v *view) feed(ctx context.Context, name, address string) wire.CheckLine {
	u, err := url.Parse(address)
	if err != nil {
		return fail(name, "Mend --feed-url.", "An endpoint is no URL.")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	var answer *http.Response
	if err == nil {
		answer, err = v.Client.Do(request)
	}
	if err != nil {
		return fail(name, "Ask the shop, and look at whether this machine reaches it.", "The endpoint at %s cannot be reached. %s", u.Host, sentence(err))
	}
	_ = answer.Body.Close() // of a HEAD request, so there is nothing to read
	switch status := answer.StatusCode; {
	case status >= http.StatusInternalServerError && status != http.StatusNotImplemented:
		return fail(name, "Ask the shop.", "The endpoint at %s answers %s.", u.Host, describe(status))
	case status >= http.StatusMultipleChoices && status < http.StatusBadRequest:
		return warn(name, "Give the address that the endpoint really has.", "The endpoint at %s answers %s to HEAD, and events follow no redirects.", u.Host, describe(status))
	case status == http.StatusNotFound || status == http.StatusGone:
		return warn(name, "Compare the path with what the shop says.", "The endpoint at %s answers %s to HEAD, and may lack the path.", u.Host, describe(status))
	case u.Scheme != "https":
		return warn(name, "Give an https URL.", "The endpoint at %s gets events by plain http: who bought which seats can be read on the network.", u.Host)
	}
	return good(name, "The endpoint at %s answers.", u.Host)
}

func describe(status int) string { return fmt.Sprintf("%d %s", status, http.StatusText(status)) }
