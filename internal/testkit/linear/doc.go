// Package linear judges recorded histories of a sale. A history is linearizable if
// each act can have happened at one moment between its request and its answer, so
// that all answers are explained by one order of these moments. An act whose answer
// was lost may have happened at any later time, or never.
//
// A Recorder collects the acts of the clients. Check passes them to porcupine with
// the model of house.go. If there is no explanation, Check writes the pages that
// porcupine draws. The package does not know booking: tests of booking and of the
// whole app translate their answers into Ops.
package linear
