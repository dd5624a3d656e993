import { playTheme } from './play.ts';

playTheme('ending');
