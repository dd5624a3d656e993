import { playTheme } from './play.ts';

playTheme('deciding');
