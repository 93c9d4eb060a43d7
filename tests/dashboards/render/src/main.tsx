// Draws one dashboard as Grafana's grid would lay it out, from window.PAGE: {dashboard, results, from, to, width, mode}.
import { createTheme, dateTime, EventBusSrv, ThemeContext } from '@grafana/data';
import { GlobalStyles, PanelChrome, PanelContextProvider } from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { framesOf, Panel } from './frames';
import { Content } from './panels';

const page = (window as any).PAGE;
const theme = createTheme({ colors: { mode: page.mode } });
const range = { from: dateTime(page.from), to: dateTime(page.to), raw: { from: dateTime(page.from), to: dateTime(page.to) } };
const GAP = 8, ROW = 30, COLUMN = (page.width - 2 * GAP - 23 * GAP) / 24;

function place({ x, y, w, h }: any) {
  return { left: GAP + x * (COLUMN + GAP), top: GAP + y * (ROW + GAP), width: w * COLUMN + (w - 1) * GAP, height: h * ROW + (h - 1) * GAP };
}

function withVariables(text: string) {
  // Of $name the value, of ${name:text} what the one who chooses it reads.
  return text.replace(/\$(\w+)|\$\{(\w+:text)\}/g, (all, plain, named) => page.variables[plain ?? named] ?? all);
}

function One({ panel }: { panel: Panel }) {
  const box = place(panel.gridPos);
  const frames = framesOf(panel, page.results[panel.id] ?? [], theme);
  return (
    <div style={{ position: 'absolute', ...box }}>
      <PanelChrome title={withVariables(panel.title)} description={panel.description} width={box.width} height={box.height} padding="md">
        {(width: number, height: number) => <Content panel={panel} frames={frames} width={width} height={height} theme={theme} range={range} />}
      </PanelChrome>
    </div>
  );
}

function Dashboard() {
  const bottom = Math.max(...page.dashboard.panels.map(({ gridPos }: any) => gridPos.y + gridPos.h));
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <PanelContextProvider value={{ eventsScope: 'global', eventBus: new EventBusSrv() }}>
        <div style={{ position: 'relative', width: page.width, height: bottom * (ROW + GAP) + GAP, background: theme.colors.background.canvas }}>
          {page.dashboard.panels.map((panel: Panel) => <One key={panel.id} panel={panel} />)}
        </div>
      </PanelContextProvider>
    </ThemeContext.Provider>
  );
}

createRoot(document.getElementById('root')!).render(<Dashboard />);
