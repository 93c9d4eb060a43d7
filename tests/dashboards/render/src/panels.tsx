// One component per kind of panel. Status history and heat map have none in @grafana/ui: they are drawn plainly.
import { DataFrame, dateTime, FieldType, getDisplayProcessor, getFieldDisplayName, getFieldDisplayValues, GrafanaTheme2, TimeRange } from '@grafana/data';
import { BigValue, TimeSeries, TooltipPlugin2, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { Panel } from './frames';

type Props = { panel: Panel; frames: DataFrame[]; width: number; height: number; theme: GrafanaTheme2; range: TimeRange };

export function Content(props: Props) {
  const { panel, frames, height } = props;
  const empty = frames.length === 0;
  if (empty && panel.type !== 'stat') {
    return <Centred height={height}>{panel.fieldConfig.defaults.noValue}</Centred>;
  }
  const kinds: Record<string, (props: Props) => JSX.Element> = { stat: Stat, timeseries: Lines, table: Rows, 'status-history': History, heatmap: Heat };
  const Kind = kinds[panel.type];
  return <Kind {...props} />;
}

function Centred({ children, height }: { children: any; height: number }) {
  return <div style={{ height, display: 'flex', alignItems: 'center', justifyContent: 'center', opacity: 0.7, textAlign: 'center' }}>{children}</div>;
}

function Stat({ panel, frames, width, height, theme }: Props) {
  const options = panel.options;
  const values = getFieldDisplayValues({
    fieldConfig: panel.fieldConfig,
    reduceOptions: { ...options.reduceOptions, limit: 50 },
    replaceVariables: (text: string) => text,
    theme,
    data: frames,
    sparkline: options.graphMode !== 'none',
    timeZone: 'browser',
  });
  return (
    <VizRepeater
      getValues={() => values}
      renderValue={({ value, width, height, count }: any) => (
        <BigValue
          value={value.display}
          sparkline={value.sparkline}
          colorMode={options.colorMode}
          graphMode={options.graphMode}
          justifyMode={options.justifyMode}
          textMode={options.textMode === 'auto' ? (count > 1 ? 'value_and_name' : 'value') : options.textMode}
          text={options.text}
          theme={theme}
          width={width}
          height={height}
          wideLayout={options.wideLayout}
        />
      )}
      width={width}
      height={height}
      source={frames}
      itemSpacing={3}
      renderCounter={0}
      autoGrid={true}
      orientation={options.orientation ?? 'auto'}
      minVizHeight={75}
      minVizWidth={75}
    />
  );
}

function Lines({ panel, frames, width, height, range }: Props) {
  return (
    <TimeSeries frames={frames} structureRev={1} width={width} height={height} timeRange={range} timeZone="browser"
      legend={panel.options.legend} options={panel.options} />
  );
}

function Rows({ panel, frames, width, height, range }: Props) {
  return (
    <TableNG data={frames[0]} width={width} height={height} cellHeight={panel.options.cellHeight} timeRange={range}
      fieldConfig={panel.fieldConfig} enableVirtualization={false} noHeader={!panel.options.showHeader} />
  );
}

function History({ panel, frames, width, height, theme, range }: Props) {
  const [frame] = frames;
  const time = frame.fields.find((field) => field.type === FieldType.time)!;
  const rows = frame.fields.filter((field) => field.type === FieldType.number);
  const step = Math.min(...time.values.slice(1).map((at: number, index: number) => at - time.values[index]));
  const names = 190, legend = 30, axis = 22;
  const line = (height - legend - axis) / rows.length;
  const place = (at: number) => names + ((at - range.from.valueOf()) / (range.to.valueOf() - range.from.valueOf())) * (width - names);
  const cell = Math.max(1, place(step) - place(0) - 2);
  const left = (at: number) => Math.max(names, place(at));
  const wide = (at: number) => Math.max(0, place(at) + cell - left(at));
  const ticks = Array.from({ length: 7 }, (_, index) => range.from.valueOf() + ((index + 0.5) / 7) * (range.to.valueOf() - range.from.valueOf()));
  return (
    <div style={{ position: 'relative', width, height, overflow: 'hidden', fontSize: 12 }}>
      {rows.map((field, row) => (
        <div key={row}>
          <div style={{ position: 'absolute', top: row * line, height: line, width: names - 8, display: 'flex', alignItems: 'center', justifyContent: 'flex-end' }}>
            {getFieldDisplayName(field, frame, frames)}
          </div>
          {time.values.map((at: number, index: number) => {
            const shown = field.display!(field.values[index]);
            return <div key={index} style={{ position: 'absolute', left: left(at), width: wide(at), top: row * line + line * 0.06, height: line * 0.88, background: shown.color, borderRadius: 1 }} />;
          })}
        </div>
      ))}
      {ticks.map((at) => (
        <div key={at} style={{ position: 'absolute', top: height - legend - axis + 2, left: left(at) - 20, color: theme.colors.text.secondary }}>{dateTime(at).format('HH:mm')}</div>
      ))}
      <div style={{ position: 'absolute', bottom: 0, height: legend - 6, display: 'flex', gap: 18, alignItems: 'center' }}>
        {panel.fieldConfig.defaults.mappings.map((mapping: any) => (
          <span key={mapping.options.result.text}>
            <span style={{ display: 'inline-block', width: 14, height: 10, background: mapping.options.result.color, marginRight: 6 }} />
            {mapping.options.result.text}
          </span>
        ))}
      </div>
    </div>
  );
}

function Heat({ frames, width, height, theme, range }: Props) {
  const [frame] = frames;
  const time = frame.fields.find((field) => field.type === FieldType.time)!;
  const rows = frame.fields.filter((field) => field.type === FieldType.number);
  const most = Math.max(1, ...rows.flatMap((field) => field.values as number[]));
  const names = 60, axis = 20;
  const line = (height - axis) / rows.length;
  const span = range.to.valueOf() - range.from.valueOf();
  const cell = ((width - names) / Math.max(1, time.values.length)) * 0.95;
  return (
    <div style={{ position: 'relative', width, height, overflow: 'hidden', fontSize: 12 }}>
      {rows.map((field, row) => (
        <div key={row}>
          <div style={{ position: 'absolute', top: height - axis - (row + 1) * line, height: line, width: names - 8, textAlign: 'right', color: theme.colors.text.secondary }}>
            {getFieldDisplayName(field, frame, frames)}
          </div>
          {time.values.map((at: number, index: number) => (
            <div key={index} style={{ position: 'absolute', left: names + ((at - range.from.valueOf()) / span) * (width - names), width: cell, top: height - axis - (row + 1) * line + 1, height: line - 2, background: '#5794f2', opacity: Math.sqrt((field.values[index] ?? 0) / most) }} />
          ))}
        </div>
      ))}
    </div>
  );
}
