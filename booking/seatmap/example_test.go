package seatmap_test

import (
	"context"
	"fmt"
	"strings"

	"usher/booking/seatmap"
)

// A plan is read from CSV; in a snapshot in which A-2 is sold, the best pair of
// seats side by side is A-3 and A-4.
func Example() {
	seats, err := seatmap.Read(strings.NewReader("seatNumber,category,price\nA-1,VIP,4500\nA-2,VIP,4500\nA-3,VIP,4500\nA-4,VIP,4500\n"), "EUR")
	if err != nil {
		fmt.Println(err)
		return
	}
	plan := seatmap.New("final", 1, seats)
	booked := make([]byte, seatmap.BitmapSize(len(seats)))
	seatmap.SetBit(booked, plan.ByName["A-2"])
	before := seatmap.NewSnapshot(plan, 1, seatmap.Bitmaps{})
	now := seatmap.NewSnapshot(plan, 2, seatmap.Bitmaps{Booked: string(booked)})
	fmt.Println(now.Since(before).Seats)

	_, groups, err := now.Search(context.Background(), seatmap.Best{Count: 2, Adjacent: true}, 1)
	for _, index := range groups[0] {
		fmt.Println(plan.Seats[index].Number, now.Status(index))
	}
	fmt.Println(err)
	// Output:
	// map[A-2:booked]
	// A-3 available
	// A-4 available
	// <nil>
}
