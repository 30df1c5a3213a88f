package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// verify returns the user of a valid pass. A shop also redeems it once, or another could use it too.
func verify(pass, audience string, now float64, keys map[string]ed25519.PublicKey) (user string, ok bool) {
	parts := strings.Split(pass, ".")
	if len(parts) != 3 {
		return "", false
	}
	var head, claims map[string]any
	for i, into := range []*map[string]any{&head, &claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(text, into) != nil {
			return "", false
		}
	}
	kid, _ := head["kid"].(string)
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || head["typ"] != "usher-pass" || head["alg"] != "EdDSA" || keys[kid] == nil || !ed25519.Verify(keys[kid], []byte(parts[0]+"."+parts[1]), signature) {
		return "", false
	}
	end, _ := claims["exp"].(float64)
	user, _ = claims["sub"].(string)
	return user, claims["iss"] == "usher" && claims["aud"] == audience && now < end && user != ""
}
