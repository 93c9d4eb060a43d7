{{- define "bellwether.name" -}}
{{- if contains "bellwether" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-bellwether" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "bellwether.selector" -}}
app.kubernetes.io/name: bellwether
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "bellwether.labels" -}}
{{ include "bellwether.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "bellwether.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The deployment's name within Kafka: topics and consumer groups begin with it. */}}
{{- define "bellwether.prefix" -}}
{{ get .Values.settings "BELLWETHER_NAME" | default "bellwether" }}
{{- end }}

{{/* What the setup job needs, and every worker too. Secrets are files, and so never in a pod's description. */}}
{{- define "bellwether.env" -}}
- {name: BELLWETHER_KAFKA, value: {{ required "kafka.servers: host:port of your Kafka" .Values.kafka.servers | quote }}}
- {name: BELLWETHER_SECRETS, value: /etc/bellwether/secrets}
- {name: BELLWETHER_SHARDS, value: {{ .Values.shards | quote }}}
{{- if .Values.kafka.tokenAudience }}
- {name: BELLWETHER_KAFKA_TOKEN_FILE, value: /var/run/secrets/kafka/token}
{{- end }}
{{- if hasKey .Values.settings "BELLWETHER_SHARDS" }}{{ fail "settings.BELLWETHER_SHARDS: it is the value shards" }}{{ end }}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "bellwether.volumes" -}}
- name: tmp
  emptyDir: {}
- name: secrets
  secret:
    secretName: {{ required "secret: the name of the Secret with bellwether_redis and bellwether_postgres" .Values.secret }}
    defaultMode: 0440
{{- if .Values.kafka.tokenAudience }}
- name: kafka-token
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken:
          path: token
          audience: {{ .Values.kafka.tokenAudience | quote }}
          expirationSeconds: 3600
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "bellwether.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: secrets, mountPath: /etc/bellwether/secrets, readOnly: true}
{{- if .Values.kafka.tokenAudience }}
- {name: kafka-token, mountPath: /var/run/secrets/kafka, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Nobody in particular, on a root that cannot be written. */}}
{{- define "bellwether.pod" -}}
automountServiceAccountToken: false
{{- with .Values.serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "bellwether.container" -}}
image: {{ include "bellwether.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}
