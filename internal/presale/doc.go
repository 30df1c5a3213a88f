// Package presale keeps the codes with which fans join a phase of a sale that needs one,
// and counts their uses.
//
// Entry points: [New]; [Book.Add] stores codes, [Book.Use] uses one for a fan,
// [Book.Cleared] says whether a fan has used one, [Book.Figures] counts.
//
// A use is a slot: a document whose _id has the code's hash and a number from 1 to the
// code's uses. The first insert of a slot decides, over all nodes, and slots are never
// given back. So a code is never used more often than it may be, and a node that dies
// loses no use and counts none twice.
//
// This package never decides which phase it is, and never stores a code as text.
package presale
