// Command usher is a production node and its operator's tool.
package main

import (
	"os"

	"usher/internal/app"
)

const about = `usher lets a crowd into a sale, in order, and shows each fan to a seat.`

func main() {
	os.Exit(app.Main("usher", about, []app.Command{
		{Name: "serve", What: "run one node", Run: serve},
		{Name: "health", What: "can the node on this machine serve? for health checks of containers", Run: health},
		{Name: "season apply", Args: "FILE.yaml", What: "create or change a season", Run: seasonApply},
		{Name: "season list", What: "list the seasons", Run: seasonList},
		{Name: "seats import", Args: "--season S FILE.csv", What: "import a seat plan, all rows or none", Run: seatsImport},
		{Name: "check", Args: "--season S [options of serve]", What: "try everything a sale needs, on the evening before", Run: checkSale},
		{Name: "rehearse", Args: "--season S --fans N", What: "a crowd of simulated fans on a copy of the season, on the live nodes", Run: rehearseSale},
		{Name: "audit", Args: "--season S", What: "check every invariant on live data", Run: audit},
		{Name: "export sold", Args: "--season S [--out FILE]", What: "every seat sold, for a spreadsheet", Run: exportSold},
		{Name: "export takings", Args: "--season S [--out FILE]", What: "what was taken by category, for a spreadsheet", Run: exportTakings},
		{Name: "feed list", What: "events that endpoints of the transactions feed have not taken", Run: feedList},
		{Name: "feed retry", Args: "--event ID|--all", What: "try again what was given up", Run: feedRetry},
		{Name: "draw verify", Args: "--url URL --season S", What: "check a draw that was held, and a fan's own rank in it", Run: drawVerify},
		{Name: "sessions revoke", Args: "--user ID|--all", What: "end sessions on every node, at once", Run: sessionsRevoke},
		{Name: "tickets verify", Args: "--jwks URL|FILE [CODE…]", What: "check tickets' codes without a server", Run: ticketsVerify},
		{Name: "simulate", What: "how long will this sale take with these settings? (by usher-dev)", Run: simulate},
	}))
}
