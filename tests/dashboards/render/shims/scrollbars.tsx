// Stands for react-custom-scrollbars-2, which does not know React 19: a plain box that scrolls.
import { Component, ReactNode } from 'react';

export class Scrollbars extends Component<{ children?: ReactNode }> {
  view = null;
  render() {
    return <div style={{ height: '100%', overflow: 'auto' }}>{this.props.children}</div>;
  }
}

export default Scrollbars;
