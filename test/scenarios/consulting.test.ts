import { playTheme } from './play.ts';

playTheme('consulting');
