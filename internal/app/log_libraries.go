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

// Printf implements the interface that redis.SetLogger wants. A failed dial is logged
// at debug: while Redis is away there are dozens a second, and the node reports once
// that Redis does not answer.
func (l redisLog) Printf(ctx context.Context, format string, args ...any) {
	text, level := strings.TrimSpace(fmt.Sprintf(format, args...)), slog.LevelInfo
	if strings.Contains(text, "failed to dial") {
		level = slog.LevelDebug
	}
	l.log.Log(ctx, level, text)
}

// dropRedisLog drops what go-redis logs, for commands: a command reports an error by
// itself, and a line of the library is no part of a report.
func dropRedisLog() { redis.SetLogger(redisLog{slog.New(slog.DiscardHandler)}) }
