// Package linear judges recorded histories of a sale: whether what many clients
// were answered, under whatever faults, can be explained by one house in which
// each act happened at one moment between its request and its answer. What
// happened to an act whose answer nobody heard is left open: at any later time,
// or never.
//
// A Recorder collects what clients did; Check hands it to porcupine with the
// model of house.go and, when there is no explanation, writes the pictures that
// porcupine draws. It knows nothing of the rooms: tests of booking and of the
// whole app translate their answers into Ops.
package linear
