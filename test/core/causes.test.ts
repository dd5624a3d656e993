import { playStories } from '../scenarios/play.ts';
import { stories } from './stories.ts';

playStories(stories.causes);
