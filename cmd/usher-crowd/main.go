// Command usher-crowd is a crowd of simulated fans for a running Usher.
package main

import (
	"os"

	"usher/internal/app"
)

const about = `usher-crowd sends a crowd of simulated fans to a running Usher and checks what they are told.`

func main() {
	os.Exit(app.Main("usher-crowd", about, []app.Command{
		{Name: "", What: "send a crowd to a server and report what it saw", Run: run},
	}))
}
