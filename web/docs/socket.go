package docs

import (
	"html/template"
	"strings"
)

// message is a message of the socket as its page shows it.
type message struct {
	heading
	Summary, Description template.HTML
	Fields               []fieldRow
	Answers              []heading // for a request
	Examples             []example // JSON
	Lines                []example // for websocat
}

type closeCode struct {
	Code, Reason string
	Why, Back    template.HTML
}

type socketData struct {
	Intro, Channel template.HTML
	Connect        string
	Asked, Told    []message
	Closes         []closeCode
}

func (d documents) socketPage(lines examples) page {
	data := socketData{
		Intro: markdown(d.socket.at("info", "description").text()), Channel: inline(d.socket.at("channels", "season", "description").text()),
		Connect: `websocat -H "Authorization: Bearer $TOKEN" ` + shell(lines.socket()+"?season="+lines.season),
	}
	asked, told := group{Title: "You send"}, group{Title: "The server sends"}
	for _, each := range d.socket.at("components", "messages").fields() {
		m := d.message(each.name, each.node, lines)
		e := entry{ID: m.ID, Label: m.Title, Find: each.node.at("summary").text()}
		if isAsked(each.name) {
			data.Asked, asked.Entries = append(data.Asked, m), append(asked.Entries, e)
		} else {
			data.Told, told.Entries = append(data.Told, m), append(told.Entries, e)
		}
	}
	for _, each := range d.socket.at("x-close-codes").items() {
		data.Closes = append(data.Closes, closeCode{each.at("code").text(), each.at("reason").text(), inline(each.at("why").text()), inline(each.at("back").text())})
	}
	general := group{Entries: []entry{{ID: "connect", Label: "Connect", Find: "upgrade websocat origin subprotocol heartbeat"}}}
	closes := group{Entries: []entry{{ID: "closes", Label: "Close codes", Find: "4001 4002 4003 4008 4009 1009 1012 1013 replaced flooding"}}}
	return page{Name: "socket", Title: "The socket", Groups: []group{general, asked, told, closes}, data: data}
}

// isAsked reports whether a client sends the message.
func isAsked(name string) bool { return strings.HasPrefix(name, "ask") }

func (d documents) message(name string, n node, lines examples) message {
	m := message{
		heading: heading{name, n.at("title").text()}, Summary: inline(n.at("summary").text()),
		Description: markdown(n.at("description").text()), Fields: d.fieldRows(n.at("payload")),
	}
	for _, each := range n.at("examples").items() {
		payload := each.at("payload")
		title := each.at("name").text()
		if !isAsked(name) {
			m.Examples = append(m.Examples, example{title, payload.json("  ")})
			continue
		}
		m.Examples = append(m.Examples, example{title, payload.json("")})
		m.Lines = append(m.Lines, example{title, lines.websocat(payload.json(""))})
	}
	if isAsked(name) {
		for _, reply := range d.socket.at("operations", n.at("name").text(), "reply", "messages").items() {
			target, id := d.resolve(reply)
			target, _ = d.resolve(target)
			m.Answers = append(m.Answers, heading{id, target.at("title").text()})
		}
	}
	return m
}
