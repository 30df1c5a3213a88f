package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/redis/go-redis/v9"
)

// takeLibraryLogs makes the libraries that log by themselves, and the standard
// log, write to this program's log: in its format, at its level. They keep one
// logger for the whole process, so a node that was handed a logger of its own
// does not do this.
func takeLibraryLogs(log *slog.Logger) {
	redis.SetLogger(redisLog{log.With("component", "go-redis")})
	slog.SetDefault(log) // also where package log writes
}

// redisLog is go-redis' logger.
type redisLog struct{ log *slog.Logger }

// Printf implements the interface that redis.SetLogger wants.
func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	l.log.InfoContext(ctx, strings.TrimSpace(fmt.Sprintf(format, args...)))
}
