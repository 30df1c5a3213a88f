// Pass checks admission passes as a shop does: go run ./examples/pass KEYS.json AUDIENCE NOW
// reads a pass a line and prints "valid USER" or "invalid". NOW is a Unix time.
package main

import (
	"bufio"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

func main() {
	var set struct{ Keys []struct{ Kid, X string } }
	text, err := os.ReadFile(os.Args[1])
	now, wrong := strconv.ParseFloat(os.Args[3], 64)
	if err != nil || wrong != nil || json.Unmarshal(text, &set) != nil {
		fmt.Fprintln(os.Stderr, "pass KEYS.json AUDIENCE NOW", err, wrong)
		os.Exit(2)
	}
	keys := map[string]ed25519.PublicKey{}
	for _, key := range set.Keys {
		if x, err := base64.RawURLEncoding.DecodeString(key.X); err == nil && len(x) == ed25519.PublicKeySize {
			keys[key.Kid] = x
		}
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if user, ok := verify(lines.Text(), os.Args[2], now, keys); ok {
			fmt.Println("valid", user)
		} else {
			fmt.Println("invalid")
		}
	}
}
