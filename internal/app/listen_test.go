package app

import (
	"strings"
	"testing"
)

// TestAnAddressInUseIsSaidPlainly: the operator reads which flag it is about and what to
// do. The node that has the address would answer usher health.
func TestAnAddressInUseIsSaidPlainly(t *testing.T) {
	t.Parallel()
	first, err := listen("--ops-listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	address := first.Addr().String()
	_, err = listen("--ops-listen", address)
	if err == nil || !strings.HasPrefix(err.Error(), "--ops-listen "+address+" is in use by another program") {
		t.Errorf("the second says %v", err)
	}
	if _, err = listen("--ops-listen", "127.0.0.1"); err == nil || strings.Contains(err.Error(), "in use") {
		t.Errorf("an address without a port: %v", err)
	}
}
