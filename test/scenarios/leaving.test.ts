import { playTheme } from './play.ts';

playTheme('leaving');
