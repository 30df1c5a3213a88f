// Package check tries, on the evening before a sale, everything that the sale needs:
// the stores, the keys, the site as fans reach it, sign-in, payments, the season and
// its seats. Run returns a report with a line for each subject: what was found, and
// what to do where something is wrong.
//
// A check changes nothing but one document in the collection checks, which it writes
// to see that MongoDB honours the write concern, and removes. What a check may not
// look at, because a store refuses or does not have it, is a line with a warning,
// never a line that says ok.
package check
