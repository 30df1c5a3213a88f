package check

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"usher/internal/keys"
	"usher/internal/wire"
)

const (
	answerSize   = 64 << 10            // the most that is read of an answer, in bytes
	certificates = 14 * 24 * time.Hour // a certificate that ends sooner is a warning
)

// publicURL opens the site as a fan's browser does.
func publicURL(ctx context.Context, v *view) []wire.CheckLine {
	const name = "public-url"
	if v.PublicURL == "" {
		return []wire.CheckLine{fail(name, "Give --public-url https://…, as fans type it.", "--public-url is missing.")}
	}
	var lines []wire.CheckLine
	if u, err := url.Parse(v.PublicURL); err != nil || u.Scheme != "https" {
		lines = append(lines, fail(name, "Serve https, and give --public-url https://….", "%s is no https URL: sessions can be read on the network.", v.PublicURL))
	} else {
		lines = append(lines, good(name, "%s is an https URL.", v.PublicURL))
	}
	return append(lines, v.site(ctx)...)
}

// site asks the public URL whether a node behind it is ready, and for its keys.
func (v *view) site(ctx context.Context) []wire.CheckLine {
	const name = "site"
	status, text, ends, err := v.get(ctx, v.PublicURL+"/readyz")
	if err != nil {
		return []wire.CheckLine{fail(name, "Look at the name, the load balancer, the certificate and the firewall.", "The site cannot be reached from here. %s", sentence(err))}
	}
	var answer struct {
		Status string `json:"status"`
		Detail string `json:"detail"`
	}
	_ = json.Unmarshal(text, &answer) // a page that is not Usher's has neither
	switch {
	case status == http.StatusServiceUnavailable && answer.Detail != "":
		return []wire.CheckLine{fail(name, "Look at the node's log.", "The node that the site leads to is not ready. %s", sentence(fmt.Errorf("%s", answer.Detail)))}
	case status != http.StatusOK || answer.Status != "ready":
		return []wire.CheckLine{fail(name, "Look at the rules of the load balancer.", "The site answers %d to /readyz: no node of Usher is behind it.", status)}
	}
	lines := []wire.CheckLine{good(name, "The site leads to a node that is ready.")}
	if left := ends.Sub(v.Now()); !ends.IsZero() && left < certificates {
		lines[0] = warn(name, "Renew it.", "The site leads to a node that is ready, but its certificate ends on %s.", ends.UTC().Format(time.DateOnly))
	}
	return append(lines, v.siteKeys(ctx)...)
}

// siteKeys: the nodes behind the public URL verify what the nodes with these keys sign.
func (v *view) siteKeys(ctx context.Context) []wire.CheckLine {
	const name = "site-keys"
	ring, err := keys.Load(v.SigningKeys...)
	if err != nil {
		return nil // the keys have a line of their own
	}
	status, text, _, err := v.get(ctx, v.PublicURL+"/.well-known/jwks.json")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the site answers %d", status)
	}
	var there *keys.Public
	if err == nil {
		there, err = keys.ReadJWKS(text, keys.Session)
	}
	if err != nil {
		return []wire.CheckLine{fail(name, "Start a node with --role auth behind it.", "The site does not publish its keys. %s", sentence(err))}
	}
	if !slices.Contains(there.IDs(), ring.For(keys.Session).IDs()[0]) {
		return []wire.CheckLine{fail(name, "Look at where the public URL leads, and give every node the same key files.", "The site at %s has other keys: it is another installation, or its nodes have another --signing-key.", v.PublicURL)}
	}
	return []wire.CheckLine{good(name, "The site has the keys given here.")}
}

// get reads a page. ends is when the site's certificate ends, zero without TLS.
func (v *view) get(ctx context.Context, address string) (status int, text []byte, ends time.Time, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, ends, err
	}
	answer, err := v.Client.Do(request)
	if err != nil {
		return 0, nil, ends, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.TLS != nil && len(answer.TLS.PeerCertificates) > 0 {
		ends = answer.TLS.PeerCertificates[0].NotAfter
	}
	text, err = io.ReadAll(io.LimitReader(answer.Body, answerSize))
	return answer.StatusCode, text, ends, err
}

// signIn asks the sign-in provider as a node does before the first fan signs in.
func signIn(ctx context.Context, v *view) []wire.CheckLine {
	const name = "sign-in"
	if v.ClientID == "" {
		return []wire.CheckLine{warn(name, "Give --google-client-id and its secret.", "--google-client-id is missing: only fans with a session that another program has signed can take part.")}
	}
	if err := v.SignIn(ctx); err != nil {
		return []wire.CheckLine{fail(name, "Look at --oidc-issuer, and at whether this machine reaches it.", "The sign-in provider does not give its configuration and keys: fans cannot sign in. %s", sentence(err))}
	}
	return []wire.CheckLine{good(name, "The sign-in provider answers, and has keys.")}
}

// payments asks the provider of payments.
func payments(ctx context.Context, v *view) []wire.CheckLine {
	const name = "payments"
	if v.Pay == nil {
		return []wire.CheckLine{fail(name, "Give --payments stripe and its keys.", "Payments are those of the sandbox: every ticket is free.")}
	}
	live, err := v.Pay(ctx)
	switch {
	case err != nil:
		return []wire.CheckLine{fail(name, "Look at the provider's key, and at whether this machine reaches it.", "%s cannot take payments. %s", title(v.Payments), sentence(err))}
	case !live:
		return []wire.CheckLine{fail(name, "Give the key of live mode.", "%s is in test mode: no money moves, and test cards buy tickets.", title(v.Payments))}
	}
	return []wire.CheckLine{good(name, "%s answers, in live mode.", title(v.Payments))}
}

// title is a name with a capital letter.
func title(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}
