package seatmap

import "golang.org/x/text/currency"

// IsCurrency reports whether a code is a currency of ISO 4217, in capitals. XXX (no
// currency) and XTS (for tests) are not.
func IsCurrency(code string) bool {
	unit, err := currency.ParseISO(code)
	return err == nil && unit.String() == code && code != "XXX" && code != "XTS"
}

// minorDigits are the numbers of minor digits in ISO 4217, where they are not 2.
var minorDigits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// MinorDigits returns how many digits the minor unit of a currency has: 2 for EUR, whose
// 4500 is 45.00.
func MinorDigits(currency string) int {
	if digits, special := minorDigits[currency]; special {
		return digits
	}
	return 2
}
