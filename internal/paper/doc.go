// Package paper puts tickets on paper: PDF draws them, one a page. It knows
// nothing of who may have them.
package paper
