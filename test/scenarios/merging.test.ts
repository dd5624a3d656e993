import { playTheme } from './play.ts';

playTheme('merging');
