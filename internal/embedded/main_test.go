package embedded_test

import (
	"testing"

	"usher/internal/embedded"
	"usher/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// started starts embedded stores for one test.
func started(t testing.TB) *embedded.Stores {
	t.Helper()
	stores, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stores.Stop)
	return stores
}
