// SPDX-License-Identifier: GPL-2.0-or-later
// Where the script of a file begins: it takes the document over if the file is the viewer's own.
import { takeOver } from './takeover.js';

takeOver(document.currentScript);
