package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestTheChartIsXMLWithEachComparedFigure(t *testing.T) {
	drawn := chart("10 sockets & a node", []row{
		{what: "memory", goal: 10, node: 9.25, hub: 8.5, plain: 23.5, digits: 2},
		{what: "only the node", goal: 25, node: 77},
		{what: "connects a second", goal: 6000, node: 5000, hub: 9000, least: true},
		{what: "<idle>", goal: 0.7, node: 0.6, hub: 0.3, digits: 1},
	})
	decoder := xml.NewDecoder(strings.NewReader(drawn))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{">9.25<", ">8.50<", ">23.50<", ">0.6<", "&lt;idle&gt;", "10 sockets &amp; a node"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("it lacks %q", want)
		}
	}
	for _, not := range []string{"only the node", "connects a second"} {
		if strings.Contains(drawn, not) {
			t.Errorf("it has %q, which compares nothing, or of which more is better", not)
		}
	}
}
