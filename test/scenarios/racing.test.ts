import { playTheme } from './play.ts';

playTheme('racing');
