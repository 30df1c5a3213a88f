package wire_test

import (
	"testing"

	"go.uber.org/goleak"
)

// The stores' test kit is not used here: nothing below this package may need it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
