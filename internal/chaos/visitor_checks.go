package chaos

// judge checks a status against all earlier ones of this visit.
func (v *visitor) judge(status map[string]any) {
	state, _ := status["state"].(string)
	given, _ := status["number"].(float64)
	number := int64(given)
	switch state {
	case "none":
		v.judgeOut()
	case "gathering":
		// The number is known when the line opens.
		if v.lost == nothing && (v.state == "active" || v.state == "turn" && !v.s.fault.Stage.Lossy) {
			v.s.violated("%s had a place (%s) and gathers", v.Name, v.state)
		}
		if !v.in {
			v.begin()
		}
		v.entering = false
	case "waiting":
		v.judgeNumber(number)
		if v.place, _ = status["place"].(string); v.place == "" {
			v.s.violated("%s waits without a signed place", v.Name)
		}
	case "turn", "active":
		if v.lost == spent {
			v.end()
		}
		v.lost = nothing
		if !v.in {
			v.begin()
		}
		if state == "active" && v.state != "active" {
			v.s.entered.Add(1)
		}
	default:
		v.s.violated("%s is told %v", v.Name, status)
	}
	v.state = state
	if state == "waiting" {
		v.judgePosition(status["position"])
	} else {
		v.position = 0
	}
}

// judgePosition checks that a position never gets worse, except after another state.
func (v *visitor) judgePosition(position any) {
	at, _ := position.(float64)
	switch {
	case at < 1:
		v.s.violated("%s waits at position %v", v.Name, position)
	case v.position > 0 && int(at) > v.position:
		v.s.violated("%s, number %d, was shown position %d and then %v", v.Name, v.number, v.position, at)
	default:
		v.position = int(at)
	}
}

// judgeOut checks that a fan is out only after leaving, or after Redis lost all data.
func (v *visitor) judgeOut() {
	switch {
	case !v.in || v.lost != nothing:
	case v.leaving:
		v.end()
	case !v.s.fault.Stage.Lossy:
		v.s.violated("%s lost the place without leaving: was %s with number %d", v.Name, v.state, v.number)
		v.end()
	case v.place == "":
		v.end()
	case v.state == "active":
		v.lost = spent
		v.s.known("an entered place")
	case v.entering:
		v.lost = perhaps
	default:
		v.lost = unspent
		if !v.rest && v.state != "turn" && !v.absent.Load() && v.downAt.IsZero() {
			v.s.violated("%s waited on an open socket with number %d and was told to be out", v.Name, v.number)
		}
	}
}

// judgeNumber checks that a visit keeps one number, which no other visit has. After
// Redis lost all data, only an unspent number comes back.
func (v *visitor) judgeNumber(number int64) {
	switch {
	case v.lost == spent && number == v.number:
		v.s.violated("%s was admitted with number %d and has it again", v.Name, number)
	case v.lost == spent, v.lost == perhaps && number != v.number:
		v.end()
	case v.lost == nothing && (v.state == "active" || v.state == "turn" && !v.s.fault.Stage.Lossy):
		v.s.violated("%s had a place (%s) and waits with number %d", v.Name, v.state, number)
	}
	v.lost = nothing
	if !v.in {
		v.begin()
	}
	switch v.number {
	case number:
	case 0:
		v.number = number
		v.s.mu.Lock()
		owner, twice := v.s.numbers[number]
		v.s.numbers[number] = v.index
		v.s.mu.Unlock()
		switch {
		case twice && owner == v.index && v.s.fault.Stage.Lossy:
			v.s.known("a leave that was undone")
		case twice:
			v.s.violated("%s was given number %d, which another visit had", v.Name, number)
		}
	default:
		v.s.violated("%s, %s, had number %d and has %d", v.Name, v.state, v.number, number)
		v.number = number
	}
}

func (v *visitor) begin() {
	v.in = true
	v.s.visits.Add(1)
}

func (v *visitor) end() {
	v.in, v.number, v.place, v.position = false, 0, "", 0
	v.entering, v.leaving, v.lost = false, false, nothing
}
