// Ticket checks the codes of tickets as a gate does: go run ./examples/ticket KEYS.json SEASON
// reads a code a line and prints "valid SEAT ID" or "invalid".
package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "ticket KEYS.json SEASON")
		os.Exit(2)
	}
	var set struct {
		Keys []struct {
			X   string
			Use string `json:"usher_use"`
		}
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil || json.Unmarshal(text, &set) != nil {
		fmt.Fprintln(os.Stderr, "the keys cannot be read:", err)
		os.Exit(2)
	}
	keys := map[[4]byte]ed25519.PublicKey{}
	for _, key := range set.Keys {
		if x, err := base64.RawURLEncoding.DecodeString(key.X); err == nil && len(x) == ed25519.PublicKeySize && key.Use == "ticket" {
			hash := sha256.Sum256(x)
			keys[[4]byte(hash[:])] = x
		}
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if season, seat, id, ok := verify(lines.Text(), keys); ok && season == os.Args[2] {
			fmt.Println("valid", seat, id)
		} else {
			fmt.Println("invalid")
		}
	}
}
