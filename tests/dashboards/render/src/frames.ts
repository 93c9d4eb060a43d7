// From the rows of a query to Grafana's data frames, with the field options of the panel put on them.
import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  createDataFrame,
  DataFrame,
  Field,
  FieldConfig,
  FieldType,
  GrafanaTheme2,
} from '@grafana/data';

export type Column = { name: string; type: 'time' | 'number' | 'string' | 'boolean'; values: unknown[]; labels?: Record<string, string> };
export type Result = { refId: string; format: string; columns: Column[] };
export type Panel = any;

const TYPES = { time: FieldType.time, number: FieldType.number, string: FieldType.string, boolean: FieldType.boolean };

export function framesOf(panel: Panel, results: Result[], theme: GrafanaTheme2): DataFrame[] {
  const frames = results
    .filter((result) => result.columns.some((column) => column.values.length))
    .map((result) => (result.format === 'time_series' ? wide(result) : plain(result)));
  for (const frame of frames) {
    for (const field of frame.fields) {
      field.config = { ...configOf(panel, field), displayNameFromDS: field.config.displayNameFromDS };
    }
  }
  const drawn = applyFieldOverrides({
    data: frames,
    fieldConfig: { defaults: {}, overrides: [] },
    replaceVariables: (text) => text,
    theme,
    timeZone: 'browser',
  });
  cacheFieldDisplayNames(drawn); // as Grafana does before it draws: tables read the name from there
  return drawn;
}

function plain(result: Result): DataFrame {
  // The legend of a query to Prometheus is the name that the data source gives.
  const fields = result.columns.map(({ name, type, values, labels }) => (
    { name, type: TYPES[type], values, labels, config: labels ? { displayNameFromDS: name } : {} }
  ));
  return createDataFrame({ refId: result.refId, fields });
}

// As the SQL data source does: a column of text becomes a label, and each of its values a field of its own.
function wide(result: Result): DataFrame {
  const time = result.columns.find((column) => column.name === 'time')!;
  const texts = result.columns.filter((column) => column.type === 'string');
  const numbers = result.columns.filter((column) => column.type === 'number' && column !== time);
  const moments = [...new Set(time.values as number[])];
  const place = new Map(moments.map((moment, index) => [moment, index]));
  const fields = new Map<string, any>();
  (time.values as number[]).forEach((moment, row) => {
    const labels = Object.fromEntries(texts.map((column) => [column.name, column.values[row] as string]));
    for (const column of numbers) {
      const key = JSON.stringify([column.name, labels]);
      if (!fields.has(key)) {
        const values = moments.map(() => null);
        fields.set(key, { name: column.name, type: FieldType.number, labels: texts.length ? labels : undefined, values, config: {} });
      }
      fields.get(key).values[place.get(moment)!] = column.values[row];
    }
  });
  const sorted = [...fields.entries()].sort(([a], [b]) => (texts.length && a < b ? -1 : texts.length && a > b ? 1 : 0));
  const first = { name: 'time', type: FieldType.time, values: moments, config: {} };
  return createDataFrame({ refId: result.refId, fields: [first, ...sorted.map(([, field]) => field)] });
}

// A field goes by its name, and by the one that a rule before gave it.
function matches(matcher: { id: string; options: string }, field: Field, shown: string): boolean {
  if (matcher.id === 'byRegexp') {
    return field.type !== FieldType.time && new RegExp(matcher.options.slice(1, -1)).test(shown);
  }
  return matcher.id === 'byName' ? [field.name, shown].includes(matcher.options) : matcher.options === field.type;
}

const withLabels = (text: string, field: Field) =>
  text.replace(/\$\{__field\.labels\.(\w+)\}/g, (_: string, name: string) => field.labels?.[name] ?? '');

function configOf(panel: Panel, field: Field): FieldConfig {
  const config = structuredClone(panel.fieldConfig?.defaults ?? {});
  if (field.type === FieldType.time) {
    delete config.unit;
    delete config.displayName;
    delete config.mappings;
  }
  for (const { matcher, properties } of panel.fieldConfig?.overrides ?? []) {
    const hit = matches(matcher, field, config.displayName ? withLabels(config.displayName, field) : field.name);
    for (const { id, value } of hit ? properties : []) {
      const path = id.split('.');
      const last = path.pop();
      const target = path.reduce((node: any, key: string) => (node[key] ??= {}), config);
      // Of lists, Grafana keeps both, the later one first.
      target[last] = Array.isArray(value) ? [...structuredClone(value), ...(target[last] ?? [])] : structuredClone(value);
    }
  }
  if (config.displayName) {
    config.displayName = withLabels(config.displayName, field);
  }
  return config;
}
