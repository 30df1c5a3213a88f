package queue

import "context"

// drawnPlace returns the place that a user drew, for a place from before the
// draw, in a line of a later epoch. It returns an empty place for a user who had
// not gathered or whose number is spent.
func (s *season) drawnPlace(ctx context.Context, before userState, epoch int64) (userState, error) {
	draws, err := s.recall(ctx)
	if err != nil {
		return userState{}, err
	}
	d := draws.of(before.Number)
	if d.frozen == nil {
		return userState{}, nil
	}
	if d.reveal == nil {
		return userState{}, errDrawing
	}
	h, _, err := s.workOut(ctx, d.nth)
	if err != nil {
		return userState{}, err
	}
	_, rank := h.MarkOf(before.User)
	if rank == 0 || h.in >= epoch {
		return userState{}, nil
	}
	drawn := userState{User: before.User, Number: h.last + int64(rank), Joined: h.from + int64(rank), Origin: h.in}
	spent, err := s.q.ledger.spent(ctx, s.id, drawn)
	if err != nil || spent {
		return userState{}, err
	}
	return drawn, nil
}

// bringDrawn joins users with the places they drew, where join.lua found that the
// places brought back are from before the draw.
func (s *season) bringDrawn(ctx context.Context, epoch int64, brought []userState, outcomes []string) error {
	var args []any
	for i, r := range brought {
		if i >= len(outcomes) || outcomes[i] != "drawn" {
			continue
		}
		drawn, err := s.drawnPlace(ctx, r, epoch)
		if err != nil {
			return err
		}
		args = append(args, r.User, drawn.bring())
	}
	if len(args) == 0 {
		return nil
	}
	_, err := s.call(ctx, joinScript, args...)
	return err
}
