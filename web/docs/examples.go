package docs

import (
	"net/url"
	"strings"
)

// examples writes the lines to paste into a shell.
type examples struct{ base, season string }

// socket returns the address of the socket.
func (e examples) socket() string {
	return "ws" + strings.TrimPrefix(e.base, "http") + "/ws"
}

// shell quotes a text for a shell.
func shell(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// curl returns the request of an operation as a curl command. needs says whether the
// operation needs a session, file is what curl writes the answer to, "" for the
// terminal.
func (e examples) curl(method, path string, parameters []parameter, needs bool, media, body, file string) string {
	query := url.Values{}
	var options []string
	for _, p := range parameters {
		switch {
		case p.In == "path":
			value := p.Example
			if p.Name == "id" && strings.Contains(path, "/seasons/") {
				value = e.season
			}
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(value))
		case p.In == "query" && p.Name == "season":
			query.Set("season", e.season)
		case p.In == "query" && p.Example != "" && p.Shown:
			query.Set(p.Name, p.Example)
		case p.In == "header" && p.Required:
			options = append(options, "-H "+shell(p.Name+": "+p.Example))
		}
	}
	if needs {
		options = append([]string{`-H "Authorization: Bearer $TOKEN"`}, options...)
	}
	switch {
	case media == "application/json" && body != "":
		options = append(options, "-H 'Content-Type: application/json'", "-d "+shell(body))
	case media != "":
		options = append(options, "-H "+shell("Content-Type: "+media), "--data-binary @seats.csv")
	}
	if file != "" {
		options = append(options, "-o "+file)
	}
	address := e.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	if strings.ContainsAny(address, "?&%") {
		address = shell(address)
	}
	line := "curl -s "
	if method != "GET" && !(method == "POST" && body != "") {
		line += "-X " + method + " "
	}
	return strings.Join(append([]string{line + address}, options...), " \\\n  ")
}

// websocat returns a message as a line for websocat.
func (e examples) websocat(message string) string {
	return "echo " + shell(message) + " |\n" +
		`  websocat -n -H "Authorization: Bearer $TOKEN" ` + shell(e.socket()+"?season="+url.QueryEscape(e.season))
}
