import { playTheme } from './play.ts';

playTheme('searching');
