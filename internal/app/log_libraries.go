package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/redis/go-redis/v9"
)

// takeLibraryLogs makes go-redis, slog's default and package log write to this
// program's log, in its format and at its level. These loggers belong to the whole
// process, so a node that was given a logger by its caller does not call this.
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
