package auth

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"usher/internal/fault"
	"usher/internal/store"
)

//go:embed used.lua
var usedText string

const (
	// An ID token may sign in again soon after the first time, because the answer
	// may have been lost.
	maxUses    = 3
	usesWithin = 2 * time.Minute
)

// spendCredential counts a sign-in with an ID token. The token is identified by its
// signed part, because some algorithms allow several signatures. Errors:
// invalid_credential, unavailable.
func (a *Auth) spendCredential(ctx context.Context, credential string, until time.Time) error {
	signed := credential[:max(strings.LastIndexByte(credential, '.'), 0)]
	sum := sha256.Sum256([]byte(signed))
	may, err := redis.NewScript(usedText).Run(ctx, a.o.Redis, []string{usedKey(hex.EncodeToString(sum[:]))},
		until.UnixMilli(), usesWithin.Milliseconds(), maxUses).Int()
	if err != nil {
		return store.Fault(fmt.Errorf("auth: counting a credential's uses: %w", err))
	}
	if may == 0 {
		return fault.New(fault.InvalidCredential, "the credential was used before; sign in again")
	}
	return nil
}
