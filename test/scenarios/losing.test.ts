import { playTheme } from './play.ts';

playTheme('losing');
