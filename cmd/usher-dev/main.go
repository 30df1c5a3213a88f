// Command usher-dev is the whole of Usher on embedded stores, with a demo
// season and a local sign-in. It needs nothing installed.
package main

import (
	"os"

	"usher/internal/app"
)

const about = `usher-dev is the whole of Usher on one machine, for trying out and developing.`

func main() {
	os.Exit(app.Main("usher-dev", about, []app.Command{
		{Name: "", What: "the server on embedded stores, with a demo season", Run: serve},
		{Name: "stores", What: "the embedded stores alone, for nodes started by usher serve", Run: stores},
		{Name: "simulate", What: "how long will this sale take with these settings?", Run: simulateSale},
	}))
}
