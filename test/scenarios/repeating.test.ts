import { playTheme } from './play.ts';

playTheme('repeating');
