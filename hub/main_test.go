package hub_test

import (
	"os"
	"testing"

	"usher/internal/testkit"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(crowdVar); address != "" {
		crowd(address)
		return
	}
	testkit.Main(m)
}
