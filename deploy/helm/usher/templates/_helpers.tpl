{{- define "usher.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "usher.selector" -}}
app.kubernetes.io/name: usher
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "usher.labels" -}}
{{ include "usher.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- /* The environment variable of a flag: --public-url is USHER_PUBLIC_URL. */ -}}
{{- define "usher.variable" -}}
USHER_{{ . | replace "-" "_" | upper }}
{{- end -}}

{{- /* The value of a variable: a list is joined by commas, as the program reads it. A
whole number stays whole, because YAML numbers become floating point here. */ -}}
{{- define "usher.value" -}}
{{- if kindIs "slice" . -}}
{{- join "," . -}}
{{- else if kindIs "float64" . -}}
{{- if eq . (floor .) }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{- define "usher.keyPaths" -}}
{{- $paths := list -}}
{{- range . -}}
{{- $paths = append $paths (printf "/etc/usher/keys/%s" .) -}}
{{- end -}}
{{- join "," $paths -}}
{{- end -}}
