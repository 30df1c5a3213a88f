package booking

// newest returns the highest number of a series without gaps that there is an
// entry for, 0 for none. known is a number that has an entry, or 0. It asks
// about twice as often as the distance between the two has binary digits, so that
// a long series costs little more than a short one.
func newest(known int, there func(n int) (bool, error)) (int, error) {
	step := 1
	for {
		found, err := there(known + step)
		if err != nil {
			return 0, err
		}
		if !found {
			break
		}
		known += step
		step *= 2
	}
	for missing := known + step; missing-known > 1; {
		middle := known + (missing-known)/2
		found, err := there(middle)
		if err != nil {
			return 0, err
		}
		if found {
			known = middle
		} else {
			missing = middle
		}
	}
	return known, nil
}
