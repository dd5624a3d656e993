import { playTheme } from './play.ts';

playTheme('addressing');
